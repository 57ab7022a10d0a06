//! Which passwords a person may choose.
