//! Where plumb deviates from what the vendors show, on purpose. Everything else must be equal, and
//! nothing in these tables may be of no use.

/// The rows, the difference, the reason.
pub(crate) type Deviation = (&'static [&'static str], &'static str, &'static str);

/// Stands for every row.
pub(crate) const ALL: &str = "every row";

/// Where plumb deviates from Rafay's document.
pub(crate) const RAFAY: &[Deviation] = &[
    (
        &["RAFAY-09", "RAFAY-26"],
        "query +fail-on-exists=true",
        "the default is contradictory, so a create always says that it only creates (R-04)",
    ),
    (
        &["RAFAY-13", "RAFAY-17"],
        "query +fail-on-exists=false",
        "the default is contradictory, so an update always says that it replaces (R-04)",
    ),
    (
        &["RAFAY-09", "RAFAY-12", "RAFAY-13", "RAFAY-16", "RAFAY-17", "RAFAY-26"],
        "body +/metadata/labels/plumb.dev~1stack",
        "the mark of the stack that owns the object",
    ),
    (
        &["RAFAY-09"],
        "body -/status/status",
        "the status belongs to the server and is never sent (R-07)",
    ),
    (
        &["RAFAY-11", "RAFAY-20"],
        "query order=ASC, not DESC",
        "oldest first: what is created between two pages comes after both (R-14)",
    ),
    (
        &["RAFAY-01", "RAFAY-02"],
        "query +offset=0",
        "the first page is asked for like every other (R-13)",
    ),
    (
        &["RAFAY-20"],
        "query limit=1000, not 10",
        "the largest page there may be; the server caps it",
    ),
    (&["RAFAY-02"], "query +limit=1000", "the largest page there may be; the server caps it"),
    (
        &["RAFAY-20"],
        "query -computeType=baremetal",
        "left out, one list has all types of instances (R-21)",
    ),
    (&[ALL], "header +x-rafay-api-keyid", "both key headers are sent on every call (R-02)"),
];

const AS_AN_OBJECT: &str = "cloud-init is asked about as the object that the create will carry";

/// Where plumb deviates from Voltage Park's document.
pub(crate) const VOLTAGE_PARK: &[Deviation] = &[
    (
        &["VP-22", "VP-23", "VP-24", "VP-26", "VP-27", "VP-28", "VP-29", "VP-30", "VP-31"],
        "header +authorization",
        "the document's text says Bearer everywhere, its examples do not; both are sent (V-07)",
    ),
    (
        &["VP-10", "VP-11", "VP-12", "VP-25"],
        "header +authorization",
        "open to everybody; the key is sent on every call, which is simple and does no harm (V-07)",
    ),
    (&["VP-05", "VP-14", "VP-20", "VP-28"], "query +limit=100", "the largest page there may be"),
    (&["VP-22"], "query +limit=150", "the largest page there may be"),
    (&["VP-01"], "query +limit=15", "the largest page there may be"),
    (
        &["VP-01", "VP-05", "VP-14", "VP-20", "VP-22", "VP-28"],
        "query +offset=0",
        "the first page is asked for like every other (V-12)",
    ),
    (
        &["VP-23"],
        "body /content: \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICh3gu9CNW7z1lUVkPHvARe3HYdt8Pmz61jQiIZHcMdM\", not \"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDAKOgHv82A6Oi7AWLvBC9N...\"",
        "the printed key is cut, and refused while reading",
    ),
    (
        &["VP-04"],
        "body /cloud_init/write_files/0/encoding: \"b64\", not \"text\"",
        "the printed encoding is none",
    ),
    (
        &["VP-13"],
        "body /cloudinit_script/write_files/0/encoding: \"b64\", not \"text\"",
        "the printed encoding is none",
    ),
    (
        &["VP-04"],
        "body /cloud_init/write_files/0/path: \"/text\", not \"text\"",
        "a file needs a place",
    ),
    (
        &["VP-13"],
        "body /cloudinit_script/write_files/0/path: \"/text\", not \"text\"",
        "a file needs a place",
    ),
    (
        &["VP-04"],
        "body /cloud_init/write_files/0/permissions: \"0644\", not \"text\"",
        "permissions are octal, and anything else is refused while reading",
    ),
    (
        &["VP-13"],
        "body /cloudinit_script/write_files/0/permissions: \"0644\", not \"text\"",
        "permissions are octal, and anything else is refused while reading",
    ),
    (&["VP-13"], "body /gpu_count: 8, not 1", "only whole nodes are rented (V-18)"),
    (
        &["VP-13"],
        "body /sub_order: 12345, not \"12345\"",
        "the document's schema says integer, its example does not",
    ),
    (
        &["VP-27"],
        "body /name: \"my-storage-volume\", not \"My Storage Volume\"",
        "the strict rule for names (V-21)",
    ),
    (
        &["VP-18"],
        "body /public_ips/0: \"an address\", not \"text\"",
        "an address of one of the rental's nodes (V-35)",
    ),
    (&["VP-25"], "body -/content", AS_AN_OBJECT),
    (&["VP-25"], "body +/content/packages/0", AS_AN_OBJECT),
    (&["VP-25"], "body +/content/runcmd/0", AS_AN_OBJECT),
    (&["VP-25"], "body +/content/write_files/0/content", AS_AN_OBJECT),
    (&["VP-25"], "body +/content/write_files/0/encoding", AS_AN_OBJECT),
    (&["VP-25"], "body +/content/write_files/0/owner", AS_AN_OBJECT),
    (&["VP-25"], "body +/content/write_files/0/path", AS_AN_OBJECT),
    (&["VP-25"], "body +/content/write_files/0/permissions", AS_AN_OBJECT),
    (
        &["VP-04", "VP-07", "VP-13", "VP-17"],
        "body +/tags of plumb",
        "the marks that say whose the machine is (contract 7)",
    ),
];
