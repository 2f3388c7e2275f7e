/** How wide an element is, so that a picture can be laid out in real pixels and its text keeps its size. */

import { useLayoutEffect, useRef, useState, type RefObject } from "react";

const NARROW = 288;

export function useWidth<E extends Element>(): [RefObject<E | null>, number] {
  const element = useRef<E>(null);
  const [width, setWidth] = useState(NARROW);
  useLayoutEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.max(NARROW, Math.floor(entry.contentRect.width)));
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}
