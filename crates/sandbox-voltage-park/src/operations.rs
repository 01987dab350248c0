//! The route table: every operation of the simulated Voltage Park API, in the order of the
//! contract's checklist, and then the calls outside the seed document.

use super::answers::Listed;
use super::bodies::{
    MachineOrder, NameAndTags, NewKey, NewVolume, Nodes, OrganizationChange, PowerOfMachine,
    PowerOfRental, RentalOrder, ScriptCheck, VolumeChange,
};
use super::render::{Rental, SshKey, VirtualMachine, Volume};
use super::world::Handler;
use super::{
    billing, cloudinit, keys, listing, machines, orders, organization, reads, rentals, volumes,
};
use plumb_sandbox::operation::{Method, Operation, QueryKind, QueryParameter, Security};
use plumb_sandbox::rows;

/// A row with what carries it out.
type Row = Operation<Handler>;

/// A bearer token.
pub(crate) const BEARER: Security = &["bearer"];
/// The token, bare in `x-api-token` or as a bearer.
pub(crate) const TOKEN_OR_BEARER: Security = &["token", "bearer"];
/// Nothing; a bearer token where the knobs are those of 2025.
pub(crate) const OPEN_LATELY: Security = &["", "bearer"];
/// Nothing.
pub(crate) const OPEN: Security = &[""];

type Responses = &'static [(u16, &'static str)];

const OFFSET: QueryParameter = QueryParameter::new("offset", QueryKind::Whole);
const PAGE: &[QueryParameter] = &[QueryParameter::new("limit", QueryKind::Between(1, 100)), OFFSET];
const RENTAL_PAGE: &[QueryParameter] =
    &[QueryParameter::new("limit", QueryKind::LimitOrAll), OFFSET];
const KEY_PAGE: &[QueryParameter] =
    &[QueryParameter::new("limit", QueryKind::Between(1, 150)), OFFSET];
const LOCATION_PAGE: &[QueryParameter] =
    &[QueryParameter::new("limit", QueryKind::Between(1, 15)), OFFSET];
const TRANSACTION_PAGE: &[QueryParameter] = &[
    QueryParameter::new("limit", QueryKind::Integer(1)),
    OFFSET,
    QueryParameter::new("types", QueryKind::AnyOf(billing::TYPES)),
    QueryParameter::new("earliest", QueryKind::Date),
    QueryParameter::new("latest", QueryKind::Date),
];

const REFUSED: (u16, &str) = (400, "refused: capacity, balance, state, unknown reference");
const DENIED: (u16, &str) = (401, "missing, wrong or expired key");
const ABSENT: (u16, &str) = (404, "not found");
const INVALID: (u16, &str) = (422, "what is wrong with the input, field by field");

const SHOWN: Responses = &[(200, "the answer"), DENIED];
const FREE: Responses = &[(200, "the answer")];
const FREE_OPTIONAL: Responses = &[(200, "the answer"), ABSENT];
const CHECKED: Responses = &[(200, "the answer"), (400, "the body is no text"), INVALID];
const LISTED: Responses = &[(200, "a page of the list"), DENIED, INVALID];
const FREE_LISTED: Responses = &[(200, "the list"), DENIED, ABSENT, INVALID];
const READ: Responses = &[(200, "the object"), REFUSED, DENIED, ABSENT, INVALID];
const MADE: Responses = &[(201, "made"), REFUSED, DENIED, INVALID];
const UNIQUE_MADE: Responses =
    &[(201, "made"), REFUSED, DENIED, (409, "the name is taken"), INVALID];
const CHANGED: Responses = &[(200, "changed"), REFUSED, DENIED, ABSENT, INVALID];
const UNIQUE_CHANGED: Responses =
    &[(200, "changed"), REFUSED, DENIED, ABSENT, (409, "the name is taken"), INVALID];
const REBOOTED: Responses = &[(201, "under way"), REFUSED, DENIED, ABSENT, INVALID];
const ACCEPTED: Responses = &[(202, "accepted"), REFUSED, DENIED, ABSENT, INVALID];
const REMOVED: Responses = &[(204, "deleted"), REFUSED, DENIED, ABSENT, INVALID];

/// Every operation of the simulated Voltage Park API. The rows drive the router, the OpenAPI
/// document and the coverage table.
pub(crate) const OPERATIONS: &[Row] = rows! {
    row("voltage-park.locations.list", "/api/v1/locations/", "List locations", reads::locations)
        .covers(&["VP-01"]).asks(LOCATION_PAGE).behind(OPEN_LATELY).answers(LISTED)
        .shows::<Listed<reads::Location>>(),
    row("voltage-park.locations.get", "/api/v1/locations/{location_id}", "Get a location",
        reads::location)
        .covers(&["VP-02"]).behind(OPEN_LATELY).shows::<reads::Location>(),
    row("voltage-park.hostnodes.get", "/api/v1/hostnodes/{hostnode_id}", "Get a host node",
        reads::hostnode)
        .covers(&["VP-03"]).shows::<reads::HostNode>(),
    row("voltage-park.machines.create", "/api/v1/virtual-machines/instant",
        "Create an instant virtual machine", machines::create)
        .covers(&["VP-04"]).writing(Method::Post).takes::<MachineOrder>().answers(MADE)
        .shows::<machines::Made>(),
    row("voltage-park.machines.list", "/api/v1/virtual-machines/", "List virtual machines",
        listing::machines)
        .covers(&["VP-05"]).asks(PAGE).answers(LISTED).shows::<Listed<VirtualMachine>>(),
    row("voltage-park.machines.get", "/api/v1/virtual-machines/{virtual_machine_id}",
        "Get a virtual machine", machines::get)
        .covers(&["VP-06"]).shows::<VirtualMachine>(),
    row("voltage-park.machines.patch", "/api/v1/virtual-machines/{virtual_machine_id}",
        "Change the name and tags of a virtual machine", machines::patch)
        .covers(&["VP-07"]).writing(Method::Patch).takes::<NameAndTags>().answers(CHANGED)
        .shows::<orders::Renamed>(),
    row("voltage-park.machines.delete", "/api/v1/virtual-machines/{virtual_machine_id}",
        "Terminate a virtual machine", machines::delete)
        .covers(&["VP-08"]).writing(Method::Delete).answers(ACCEPTED).shows::<()>(),
    row("voltage-park.machines.power", "/api/v1/virtual-machines/{virtual_machine_id}/power-status",
        "Start, stop or disassociate a virtual machine", machines::power)
        .covers(&["VP-09"]).writing(Method::Put).takes::<PowerOfMachine>().answers(CHANGED)
        .shows::<machines::Echo>(),
    row("voltage-park.presets.list", "/api/v1/instant-deploy-presets/", "List presets",
        reads::presets)
        .covers(&["VP-10"]).asks(&[QueryParameter::new("available", QueryKind::Boolean)])
        .behind(OPEN).answers(FREE_LISTED).shows::<Vec<reads::Preset>>(),
    row("voltage-park.presets.get", "/api/v1/instant-deploy-presets/{instant_deploy_preset_id}",
        "Get a preset", reads::preset)
        .covers(&["VP-11"]).behind(OPEN).shows::<reads::Preset>(),
    row("voltage-park.bare-metal-locations.list", "/api/v1/bare-metal/locations",
        "List bare-metal locations", reads::bare_metal_locations)
        .covers(&["VP-12"]).behind(OPEN).answers(FREE).shows::<Listed<reads::BareMetalLocation>>(),
    row("voltage-park.bare-metal-locations.detailed", "/api/v1/bare-metal/detailed-locations",
        "List bare-metal locations in detail", reads::detailed_locations)
        .behind(OPEN).answers(FREE_OPTIONAL).shows::<Listed<reads::BareMetalLocation>>(),
    row("voltage-park.rentals.create", "/api/v1/bare-metal/", "Create a bare-metal rental",
        rentals::create)
        .covers(&["VP-13"]).writing(Method::Post).takes::<RentalOrder>().answers(MADE)
        .shows::<rentals::Made>(),
    row("voltage-park.rentals.list", "/api/v1/bare-metal/", "List rentals", listing::rentals)
        .covers(&["VP-14"]).asks(RENTAL_PAGE).answers(LISTED).shows::<Listed<Rental>>(),
    row("voltage-park.rentals.power", "/api/v1/bare-metal/{baremetal_rental_id}/power-status",
        "Start or stop a rental", rentals::power)
        .covers(&["VP-15"]).writing(Method::Put).takes::<PowerOfRental>().answers(CHANGED)
        .shows::<Option<String>>(),
    row("voltage-park.rentals.delete", "/api/v1/bare-metal/{baremetal_rental_id}",
        "Terminate a rental", rentals::delete)
        .covers(&["VP-16"]).writing(Method::Delete).answers(ACCEPTED).shows::<()>(),
    row("voltage-park.rentals.patch", "/api/v1/bare-metal/{baremetal_rental_id}",
        "Change the name and tags of a rental", rentals::patch)
        .covers(&["VP-17"]).writing(Method::Patch).takes::<NameAndTags>().answers(CHANGED)
        .shows::<orders::Renamed>(),
    row("voltage-park.rentals.reboot", "/api/v1/bare-metal/{baremetal_rental_id}/reboot",
        "Reboot nodes of a rental", rentals::reboot)
        .covers(&["VP-18"]).writing(Method::Post).takes::<Nodes>().answers(REBOOTED)
        .shows::<()>(),
    row("voltage-park.billing.hourly-rate", "/api/v1/billing/hourly-rate",
        "Get what an hour of everything costs", billing::hourly_rate)
        .covers(&["VP-19"]).answers(SHOWN).shows::<billing::HourlyRate>(),
    row("voltage-park.billing.transactions", "/api/v1/billing/transactions", "List transactions",
        billing::transactions)
        .covers(&["VP-20"]).asks(TRANSACTION_PAGE).answers(LISTED)
        .shows::<Listed<billing::Transaction>>(),
    row("voltage-park.billing.report", "/api/v1/billing/reports/{year}/{month}/transactions",
        "Get the transactions of a month", billing::report)
        .covers(&["VP-21"]).answers(LISTED).shows::<billing::Report>(),
    row("voltage-park.keys.list", "/api/v1/organization/ssh-keys", "List SSH keys", listing::keys)
        .covers(&["VP-22"]).asks(KEY_PAGE).behind(TOKEN_OR_BEARER).answers(LISTED)
        .shows::<Listed<SshKey>>(),
    row("voltage-park.keys.create", "/api/v1/organization/ssh-keys", "Add an SSH key", keys::create)
        .covers(&["VP-23"]).writing(Method::Post).takes::<NewKey>().behind(TOKEN_OR_BEARER)
        .answers(UNIQUE_MADE).shows::<SshKey>(),
    row("voltage-park.keys.delete", "/api/v1/organization/ssh-keys/{ssh_key_id}",
        "Remove an SSH key", keys::delete)
        .covers(&["VP-24"]).writing(Method::Delete).behind(TOKEN_OR_BEARER).answers(REMOVED),
    row("voltage-park.cloud-init.validate", "/api/v1/validate/cloudinit",
        "Check a cloud-init script", cloudinit::validate)
        .covers(&["VP-25"]).posing(Method::Post).takes::<ScriptCheck>().behind(OPEN)
        .answers(CHECKED).shows::<cloudinit::Verdict>(),
    row("voltage-park.storage.hourly-rate", "/api/v1/storage/hourly-rate",
        "Get what a gigabyte costs for an hour", volumes::hourly_rate)
        .covers(&["VP-26"]).behind(TOKEN_OR_BEARER).answers(SHOWN)
        .shows::<volumes::StorageRate>(),
    row("voltage-park.storage.create", "/api/v1/storage/", "Create a volume", volumes::create)
        .covers(&["VP-27"]).writing(Method::Post).takes::<NewVolume>().behind(TOKEN_OR_BEARER)
        .answers(UNIQUE_MADE).shows::<Volume>(),
    row("voltage-park.storage.list", "/api/v1/storage/", "List volumes", listing::volumes)
        .covers(&["VP-28"]).asks(PAGE).behind(TOKEN_OR_BEARER).answers(LISTED)
        .shows::<Listed<Volume>>(),
    row("voltage-park.storage.delete", "/api/v1/storage/{storage_id}", "Terminate a volume",
        volumes::delete)
        .covers(&["VP-29"]).writing(Method::Delete).behind(TOKEN_OR_BEARER).answers(REMOVED),
    row("voltage-park.storage.patch", "/api/v1/storage/{storage_id}", "Change a volume",
        volumes::patch)
        .covers(&["VP-30"]).writing(Method::Patch).takes::<VolumeChange>()
        .behind(TOKEN_OR_BEARER).answers(UNIQUE_CHANGED).shows::<Volume>(),
    row("voltage-park.storage.get", "/api/v1/storage/{storage_id}", "Get a volume", volumes::get)
        .covers(&["VP-31"]).behind(TOKEN_OR_BEARER).shows::<volumes::VolumeWithUse>(),
    row("voltage-park.instant-locations.list", "/api/v1/virtual-machines/instant/locations",
        "List where instant machines are to be had", reads::instant_locations)
        .behind(OPEN_LATELY).answers(FREE_OPTIONAL).shows::<Listed<reads::InstantLocation>>(),
    row("voltage-park.instant-locations.get",
        "/api/v1/virtual-machines/instant/locations/{location_id}",
        "Get what instant machines a location has", reads::instant_location)
        .behind(OPEN_LATELY).shows::<reads::InstantLocation>(),
    row("voltage-park.machines.relocate", "/api/v1/virtual-machines/{virtual_machine_id}/relocate",
        "Move a disassociated virtual machine", machines::relocate)
        .writing(Method::Post).answers(ACCEPTED).shows::<()>(),
    row("voltage-park.rentals.get", "/api/v1/bare-metal/{baremetal_rental_id}", "Get a rental",
        rentals::get)
        .shows::<Rental>(),
    row("voltage-park.rentals.remove-nodes",
        "/api/v1/bare-metal/{baremetal_rental_id}/remove-nodes", "Take nodes away from a rental",
        rentals::remove_nodes)
        .writing(Method::Patch).takes::<Nodes>().answers(CHANGED).shows::<()>(),
    row("voltage-park.organization.get", "/api/v1/organization", "Get the organization",
        organization::get)
        .behind(TOKEN_OR_BEARER).answers(READ).shows::<organization::Organization>(),
    row("voltage-park.organization.patch", "/api/v1/organization", "Change the organization",
        organization::patch)
        .writing(Method::Patch).takes::<OrganizationChange>().behind(TOKEN_OR_BEARER)
        .answers(CHANGED).shows::<organization::Organization>(),
};

const fn row(id: &'static str, path: &'static str, summary: &'static str, run: Handler) -> Row {
    let row = Row::reading(id, path, summary, run);
    row.behind(BEARER).answers(READ)
}
