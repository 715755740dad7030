"""Errors of packaging and deployment. Their messages are printed for the operator."""


class DeploymentError(Exception):
    """A deployment was refused or stopped; the message says why and what to do about it."""


class PackagingError(DeploymentError):
    """A package could not be built."""
