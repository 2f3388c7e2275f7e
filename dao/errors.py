"""The exceptions that leave this package."""


class DaoError(Exception):
    """The data could not be read or kept; the text says what happened and what to do."""


class DaoUnavailable(DaoError):
    """The DAO service or its database does not answer; nothing is known to be kept."""


class DaoConflict(DaoError):
    """The same key was used before for something else."""


class DaoNotFound(DaoError):
    """There is no such record for this tenant."""


class DaoRejected(DaoError):
    """The service found the record invalid; the text names each wrong field."""
