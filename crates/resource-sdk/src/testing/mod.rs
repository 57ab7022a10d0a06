//! A provider for a site's own tests, on a real port of this machine.
