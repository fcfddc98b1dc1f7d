//! Second opinions on what lastmile decides: other verifiers on the same octets, and models of the
//! rules that are slow and obviously right.

pub mod compare;
pub mod differences;
pub mod fuzz;
pub mod generate;
pub mod model;
pub mod names;
mod peer_names;
pub mod peers;
pub mod tree;
