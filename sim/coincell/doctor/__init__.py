"""What coincell finds on this machine: programs, packages and caches, and how to get what is missing."""

from coincell.doctor.caches import Folder, folders
from coincell.doctor.programs import Tool, tools
from coincell.doctor.table import document, show

__all__ = ["Folder", "Tool", "document", "folders", "show", "tools"]
