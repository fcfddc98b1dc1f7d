//! Second opinions on what lastmile decides: other verifiers on the same octets, and models of the
//! rules that are slow and obviously right.

pub mod names;
