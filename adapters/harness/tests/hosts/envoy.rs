//! Through Envoy, with a cluster for each chain.

use std::time::Duration;

use lastmile_harness::Backend;
use lastmile_harness::EnvoyCluster;
use lastmile_harness::RunningEnvoy;
use lastmile_harness::envoy;
use lastmile_harness::refusal_code;
use lastmile_testdata::case;
use lastmile_testdata::case::Case;
use serde_json::Value;
use serde_json::json;

use crate::Answers;
use crate::Found;
use crate::bad_input::Host;
use crate::bad_input::assert_others_go_on;
use crate::bad_input::good_chain;
use crate::chains::chains;

const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn every_chain_through_envoy() {
    let Some(envoy) = envoy("every chain through Envoy") else { return };
    let chains: Vec<&'static _> = chains().iter().filter(|chain| chain.is_stanza).collect();
    let backend = Backend::start(&chains[0].case.chain, chains[0].key);
    let cluster = |case: &Case| EnvoyCluster::new(case.name, backend.address, stanza(case));
    let clusters: Vec<_> = chains.iter().map(|chain| cluster(&chain.case)).collect();
    let running = RunningEnvoy::start(&envoy, "envoy-chains", &clusters, 1);
    let mut answers = Answers::new("Envoy", include_str!("refused_by_boringssl.txt"));
    for chain in chains {
        backend.present(&chain.case.chain, chain.key);
        let path = format!("/{}", chain.case.name);
        let response = running.get(&path);
        let alert = backend.take_one(PATIENCE).expect("a connection").alert();
        let is_answered = response.status == 200;
        // As the access log has it, with `_` for blanks.
        let log = running.access(&path).failure;
        let code = refusal_code(&log).map(str::to_owned);
        answers.add(chain, &Found { code, log: Some(log), is_answered, alert });
    }
    answers.finish(450, 20);
}

#[test]
fn bad_input_does_not_delay_others_in_envoy() {
    let Some(envoy) = envoy("bad input through Envoy") else { return };
    let good = good_chain();
    let [backend, hostile] = [(); 2].map(|()| Backend::start(&good.case.chain, good.key));
    let stanza = || stanza(&good.case);
    let clusters = [
        EnvoyCluster::new("good", backend.address, stanza()),
        EnvoyCluster::new("hostile", hostile.address, stanza()),
    ];
    let running = RunningEnvoy::start(&envoy, "envoy-bad-input", &clusters, 1);
    let path = |path: &str| ("test".to_owned(), path.to_owned());
    let host = Host { listen: running.listen, good: path("/good"), hostile: path("/hostile") };
    assert_others_go_on("Envoy", &host, &hostile);
}

fn stanza(case: &Case) -> Value {
    let name = |san: &&str| match san.split_once(':') {
        Some(("hostname", name)) => json!({"type": "Hostname", "hostname": name}),
        Some(("uri", uri)) => json!({"type": "URI", "uri": uri}),
        _ => panic!("{san}: hostname:NAME or uri:URI"),
    };
    json!({
        "hostname": case.hostname,
        "subjectAltNames": case.sans.iter().map(name).collect::<Vec<_>>(),
        "caCertificates": case::certificates(&case.anchors),
    })
}
