//! Backends that present as much as they can, beside one that is good: its connections go on.

use std::net::SocketAddr;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use lastmile_harness::Backend;
use lastmile_harness::get;
use lastmile_testdata::keys;

use crate::chains::Chain;
use crate::chains::chains;

/// What is asked of a host: of the good backend, and of the hostile one, which presents every one of
/// [`hostile_chains`] in turn; both under one policy, the first chain's.
pub(crate) struct Host {
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// The value of `Host:`, and the path, for the good backend.
    pub(crate) good: (String, String),
    /// The same for the hostile one.
    pub(crate) hostile: (String, String),
}

const LASTS: Duration = Duration::from_secs(3);

/// The chain that the policy of both is made for.
pub(crate) fn good_chain() -> &'static Chain {
    let name = "missing-intermediate-accepted";
    chains().iter().find(|chain| chain.case.name == name).expect("a chain")
}

/// A good chain's request never waits long for those of hostile ones, which come as fast as they can.
pub(crate) fn assert_others_go_on(name: &str, host: &Host, hostile: &Backend) {
    let ask = |(host_name, path): &(String, String)| {
        let start = Instant::now();
        let response = get(host.listen, host_name, path);
        (response.map_or(0, |response| response.status), start.elapsed())
    };
    let measure = || {
        let start = Instant::now();
        let mut times = Vec::new();
        while start.elapsed() < LASTS {
            let (status, time) = ask(&host.good);
            assert_eq!(status, 200, "{name}");
            times.push(time);
        }
        times.sort();
        (times[times.len() / 2], times[times.len() - 1], times.len())
    };
    let (alone, longest_alone, _) = measure();
    let is_over = AtomicBool::new(false);
    let answered = AtomicU64::new(0);
    let (median, longest, count) = thread::scope(|scope| {
        scope.spawn(|| {
            let presented = hostile_chains();
            for chain in presented.iter().cycle() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                hostile.present(chain, &keys::P256_C);
                // Whatever it is, there is an answer.
                let (status, _) = ask(&host.hostile);
                assert!(status >= 500 || status == 200, "{name}: {status}");
                answered.fetch_add(1, Ordering::Relaxed);
            }
        });
        let measured = measure();
        is_over.store(true, Ordering::Relaxed);
        measured
    });
    let answered = answered.into_inner();
    println!(
        "{name}: {count} good requests beside {answered} hostile ones: median {median:?} (alone \
         {alone:?}), longest {longest:?} (alone {longest_alone:?})"
    );
    assert!(answered >= 20, "{name}: {answered}");
    assert!(median < alone * 20 + Duration::from_millis(50), "{name}: {median:?}");
    assert!(longest < Duration::from_secs(2), "{name}: {longest:?}");
}

/// 129 intermediates, more than 64 KiB, 127 strangers, 64 KiB to the octet, and whatever else reaches a
/// ceiling under that policy.
fn hostile_chains() -> Vec<&'static [Vec<u8>]> {
    let anchors = &good_chain().case.anchors;
    let hostile =
        |chain: &&Chain| chain.case.name.starts_with("limit-") && chain.case.anchors == *anchors;
    let found: Vec<&'static Chain> = chains().iter().filter(hostile).collect();
    for name in ["limit-presented", "limit-presented-accepted", "limit-certificate-bytes-accepted"]
    {
        assert!(found.iter().any(|chain| chain.case.name == name), "{name}");
    }
    found.into_iter().map(|chain| &chain.case.chain[..]).collect()
}
