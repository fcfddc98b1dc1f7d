//! What is printed, and which peers there are.

use std::path::Path;

use lastmile_benches::compare::Pace;
use lastmile_benches::compare::Times;
use lastmile_benches::compare::compare;
use lastmile_benches::engines::libcrypto::LibCrypto;
use lastmile_benches::engines::libcrypto::Store;
use lastmile_testdata::hostile::Chain;

/// A run: how long to measure, and whom to compare with.
pub(crate) struct Bench {
    pub(crate) case: &'static str,
    pub(crate) pace: Pace,
    /// By their names.
    pub(crate) libraries: Vec<(&'static str, LibCrypto)>,
}

impl Bench {
    pub(crate) fn new(pace: Pace) -> Self {
        let mut libraries = Vec::new();
        match LibCrypto::openssl() {
            Ok(library) => libraries.push(("openssl", library)),
            Err(why) => println!("peers: skipped peer=openssl why={why}"),
        }
        #[cfg(feature = "boringssl")]
        libraries.push(("boringssl", LibCrypto::boringssl()));
        Self { case: "", pace, libraries }
    }

    /// Both must be true of every call.
    pub(crate) fn against(
        &self,
        name: &str,
        ours: impl Fn() -> bool,
        peer: impl Fn() -> bool,
    ) -> Times {
        let case = self.case;
        assert!(ours(), "{case}: the verdict of lastmile");
        assert!(peer(), "{case}: the verdict of {name}");
        let times = compare(self.pace, ours, peer);
        println!(
            "peers: {case} ours_ns={:.0} peer={name} peer_ns={:.0} ratio={:.4}",
            times.ours_ns, times.peer_ns, times.ratio
        );
        times
    }

    /// Each of the libraries in C, if it takes the chain; which one takes it is known of each.
    pub(crate) fn against_libraries(
        &self,
        chain: &Chain,
        takes: impl Fn(&str) -> bool,
        ours: impl Fn() -> bool,
    ) {
        for (name, library) in &self.libraries {
            let store = Store::new(library, chain);
            match takes(name) {
                true => {
                    self.against(name, &ours, || store.verify());
                }
                false => self.refuses(name, || store.verify()),
            }
        }
    }

    /// A peer that refuses what lastmile accepts.
    pub(crate) fn refuses(&self, name: &str, peer: impl FnOnce() -> bool) {
        assert!(!peer(), "{}: {name} is known to refuse", self.case);
        println!("peers: {} peer={name} verdict=refused", self.case);
    }

    /// What is no comparison.
    pub(crate) fn value(&self, value: f64, unit: &str, goal: &str) {
        println!("peers: {} value={} unit={unit} goal={goal}", self.case, rounded(value));
    }
}

/// As many digits as mean something.
fn rounded(value: f64) -> String {
    if value < 10.0 { format!("{value:.4}") } else { format!("{value:.0}") }
}

/// The file of the repository, wherever the bench is started.
pub(crate) fn of_repository(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file)
}
