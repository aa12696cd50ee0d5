"""The version, in the one place that the build and the running program both read."""

VERSION = "0.1.0"
