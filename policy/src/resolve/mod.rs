//! What the documents decide for a backend.

mod references;
