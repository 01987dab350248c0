# Rules as they are written for Terraform's plans in JSON, over a plan of plumb's.
package fleet

import rego.v1

# What will be there, whatever of it changes.
planned := [resource | some resource in input.planned_values.root_module.resources]

deny contains message if {
	gpus := sum([resource.values.spec.gpu_count | some resource in planned; resource.values.spec.gpu_count])
	gpus > 16
	message := sprintf("%d GPUs, and at most 16 are allowed", [gpus])
}

deny contains message if {
	some change in input.resource_changes
	"delete" in change.change.actions
	change.type == "BareMetal"
	message := sprintf("%s is deleted", [change.address])
}

deny contains message if {
	some resource in planned
	resource.type == "BareMetal"
	not "team:research" in object.get(resource.values.spec, "tags", [])
	message := sprintf("%s has no tag of a team", [resource.address])
}

deny contains message if {
	some change in input.resource_changes
	some path in change.change.replace_paths
	message := sprintf("%s is replaced for %s", [change.address, concat(".", path)])
}

deny contains message if {
	some change in input.resource_changes
	change.change.after_sensitive.spec.password
	change.change.after.spec.password != "(secret)"
	message := sprintf("%s shows its password", [change.address])
}

deny contains "the plan is not whole" if input.errored

deny contains "something could not be seen" if not input.complete
