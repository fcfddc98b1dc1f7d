//! Through Envoy, with a cluster for each chain.

use std::time::Duration;

use lastmile_harness::Backend;
use lastmile_harness::EnvoyCluster;
use lastmile_harness::RunningEnvoy;
use lastmile_harness::envoy;
use lastmile_testdata::case;
use lastmile_testdata::case::Case;
use serde_json::Value;
use serde_json::json;

use crate::Answers;
use crate::Found;
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
        let code = match response.status {
            200 => None,
            _ => running.access(&path).code().map(str::to_owned),
        };
        answers.add(chain, &Found { code, is_answered: response.status == 200, alert });
    }
    answers.finish(450, 20);
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
