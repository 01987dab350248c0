//! Forty resources at both clouds, some of them there, some changed, some to be deleted: what people read, what
//! stands in a comment, what a page shows and what programs read have the same numbers.

use crate::harness::{Cloud, Ran, Site, machine, rental, virtual_machine, workspace};
use regex::Regex;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A rented machine in its workspace, of a profile that has a rate card.
fn node(name: &str) -> String {
    machine(name, "team-00", &[]).replace("bmaas-l40s", "bmaas-b200")
}

fn profile() -> Value {
    let rate = |price: f64| json!([{"price": price, "currency": "USD", "time_unit": "h"}]);
    json!({
        "apiVersion": "paas.envmgmt.io/v1",
        "kind": "ComputeProfile",
        "metadata": {"name": "bmaas-b200", "project": "system-catalog"},
        "spec": {"computeType": "baremetal", "variables": [
            {"name": "Contract Term", "value": "1"},
            {"name": "assign_public_ip", "value": "false"},
        ]},
        "status": {"globalSettings": {"billing": {
            "currency": ["USD"], "ratecard": {"instance": rate(39.8), "public_ip": rate(0.2)},
        }}},
    })
}

/// What there is before: twenty-two that stay, two of them to be changed, and five that go.
fn before() -> Vec<String> {
    let teams = (0..16).map(|number| workspace(&format!("team-{number:02}")));
    let nodes = ["node-0", "node-1", "node-old"].into_iter().map(node);
    let machines = ["box-0", "box-1", "box-2", "box-old"].into_iter().map(virtual_machine);
    let old = ["left-0", "left-1", "left-2"].into_iter().map(workspace);
    teams.chain(nodes).chain(machines).chain(old).chain([rental("trainer-0", 8)]).collect()
}

/// Forty resources.
fn declared() -> Vec<String> {
    let team = |number: u32| {
        let text = workspace(&format!("team-{number:02}"));
        // Four of them get a label.
        let label = "  labels: {team: research}\n";
        if number < 4 { format!("{text}{label}") } else { text }
    };
    let teams = (0..24).map(team);
    let nodes = (0..6).map(|number| node(&format!("node-{number}")));
    let machines = (0..8).map(|number| virtual_machine(&format!("box-{number}")));
    let second = rental("trainer-1", 8).replace("Dallas", "Ashton");
    teams.chain(nodes).chain(machines).chain([rental("trainer-0", 8), second]).collect()
}

/// The numbers of a plan, as one of its forms has them.
#[derive(Debug, Default, PartialEq)]
struct Numbers {
    /// Resources to add, to change and to destroy.
    counts: [usize; 3],
    /// Dollars an hour and a month.
    cost: [String; 2],
    /// How many contracts begin, for how much, and how many end early, for how much.
    contracts: [String; 4],
    /// Dollars an hour of each resource that has some.
    each: BTreeMap<String, String>,
}

fn found<const N: usize>(text: &str, pattern: &str) -> [String; N] {
    let found = Regex::new(pattern).unwrap().captures(text);
    let found = found.unwrap_or_else(|| panic!("{pattern} is not in:\n{text}"));
    std::array::from_fn(|at| found[at + 1].replace(',', ""))
}

/// The numbers that stand in sentences.
fn sentences(text: &str) -> Numbers {
    let counts = found(text, r"Plan: (\d+) to add, (\d+) to change, (\d+) to destroy");
    let cost = found(text, r"Cost: ([+-]\$[\d.,]+)/h \(about ([+-]\$[\d.,]+) a month\)");
    let ends = r"Contracts: (\d+) ends? early, \d+ months? before the end: (\$[\d.,]+) may still be charged";
    let [early, owed] = found(text, ends);
    let [begin, until] = found(text, r"(\d+) begins?, of \d+ months?: (\$[\d.,]+) until");
    Numbers {
        counts: counts.map(|count| count.parse().unwrap()),
        cost,
        contracts: [begin, until, early, owed],
        each: BTreeMap::new(),
    }
}

/// `+$1.99/h` of `+$1.99/h, to $2.00/h`.
fn rise(text: &str) -> Option<String> {
    let found = Regex::new(r"[+-]\$[\d.,]+/h").unwrap().find(text)?;
    Some(found.as_str().replace(',', ""))
}

fn human(ran: &Ran) -> Numbers {
    let line = Regex::new(r"(?m)^\s*(?:\+|-|~|-/\+|>) (\S+): [^\n(]*\(([^)]*)\)").unwrap();
    let each = line.captures_iter(&ran.out);
    let each = each.filter_map(|found| Some((found[1].to_owned(), rise(&found[2])?)));
    Numbers { each: each.collect(), ..sentences(&ran.out.replace("\n  ", " ")) }
}

fn markdown(ran: &Ran) -> Numbers {
    let text = ran.out.replace('\\', "");
    let rows = text.lines().filter(|line| line.starts_with("| "));
    let each = rows.filter_map(|row| {
        let cells: Vec<&str> = row.split(" | ").collect();
        Some((cells[0].trim_start_matches("| ").to_owned(), rise(cells.get(3)?)?))
    });
    Numbers { each: each.collect(), ..sentences(&text) }
}

fn html(ran: &Ran) -> Numbers {
    let text = ran.out.replace("&#43;", "+");
    let row = r#"(?s)<span class="address">(\S+) <.*?<span class="money">([^<]*)</span>"#;
    let row = Regex::new(row).unwrap();
    let each = row.captures_iter(&text);
    let each = each.filter_map(|found| Some((found[1].to_owned(), rise(&found[2])?)));
    let numbers = Numbers { each: each.collect(), ..sentences(&text) };
    let shown = |change: &str| text.matches(&format!("<details data-change=\"{change}\">")).count();
    let rows = ["create", "change", "delete"].map(shown);
    assert_eq!(numbers.counts, rows, "the rows of the page");
    numbers
}

/// An amount of the data as texts have it.
fn dollars(amount: &str) -> String {
    let amount: f64 = amount.parse().unwrap();
    let sign = if amount < 0.0 { "-" } else { "+" };
    format!("{sign}${:.2}", amount.abs())
}

fn data(plan: &Value) -> Numbers {
    let changes = plan["resource_changes"].as_array().unwrap();
    let of =
        |actions: &Value| changes.iter().filter(|it| it["change"]["actions"] == *actions).count();
    let counts =
        [json!(["create"]), json!(["update"]), json!(["delete"])].map(|actions| of(&actions));
    let cost = ["hourly_change", "monthly_change"]
        .map(|name| dollars(plan["cost"][name].as_str().unwrap()));
    let turn = |turn: &str| {
        let all = plan["commitments"].as_array().unwrap().iter();
        let all: Vec<f64> = all
            .filter(|one| one["turn"] == turn)
            .map(|one| one["amount"].as_str().unwrap().parse().unwrap())
            .collect();
        [all.len().to_string(), format!("${:.2}", all.iter().sum::<f64>())]
    };
    let [[begin, until], [early, owed]] = ["begins", "ends_early"].map(turn);
    let each = changes.iter().filter_map(|one| {
        let change = one["cost"]["hourly_change"].as_str()?;
        let address = one["address"].as_str().unwrap();
        let (kind, rest) = address.split_once('/').unwrap();
        let short = format!("{}/{rest}", kind.split('.').next().unwrap());
        let is_some = change.parse::<f64>().unwrap() != 0.0;
        is_some.then(|| (short, format!("{}/h", dollars(change))))
    });
    Numbers { counts, cost, contracts: [begin, until, early, owed], each: each.collect() }
}

#[test]
fn all_forms_of_a_plan_have_the_same_numbers() {
    let cloud = Cloud::start(&json!({}));
    cloud.edit(&json!({"op": "create", "object": profile()}));
    let site = Site::at(&cloud).with_documents("fleet", &before());
    site.exits(0, "apply --yes");
    assert_eq!(declared().len(), 40);
    site.write("fleet.yaml", &declared().join("---\n"));

    let line =
        "plan --prune --allow-deletes 9 --approve-early-termination ComputeInstance/node-old";
    let form = |name: &str| site.exits(0, &format!("{line} --format {name}"));
    let plan = form("json").json();
    let numbers = data(&plan);
    assert_eq!(numbers.counts, [18, 4, 5], "{numbers:#?}");
    assert_eq!(numbers.contracts[0], "4", "{numbers:#?}");
    assert_eq!(numbers.contracts[2], "1", "{numbers:#?}");
    assert_eq!(numbers.each.len(), 12, "{numbers:#?}");
    assert_eq!(plan["planned_values"]["root_module"]["resources"].as_array().unwrap().len(), 40);
    assert_eq!(numbers, human(&form("human")), "human");
    assert_eq!(numbers, markdown(&form("markdown")), "markdown");
    assert_eq!(numbers, html(&form("html")), "html");
}
