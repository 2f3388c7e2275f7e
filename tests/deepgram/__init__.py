"""An emulator of Deepgram that really hears and speaks, with the engines it is given.

What it does is what the official client's types and Deepgram's pages say; where they leave something open, it does
what is hardest on a client. It lies here and in no package: nothing of the product answers as Deepgram's cloud.
"""
