// Command resource writes the first version of a resource into the source tree: its proto with the standard methods, its
// room, migration, registrations and test data. The developer owns and edits the result; the command never changes a
// resource again.
//
//	resource ROOT SERVICE NAME [PARENT [ZH [END]]]
//
// NAME is the name of the message, such as PartyBranch. PARENT is the collection of a resource of the same service,
// such as organizations; the new resource is then within it. ZH is the Chinese name. END is a verb such as
// dissolve: the resource is then ACTIVE until a method with this name ends it. An empty argument counts as absent. The
// command writes all files or, if an argument is wrong or a file does not have the expected form, none. Run `make gen` afterwards; `make resource` does.
package main
