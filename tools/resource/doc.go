// Command resource writes the first version of a resource into the source tree: its proto with the standard methods, its
// room, migration, registrations and test data. The developer owns and edits the result; the command never changes a
// resource again.
//
//	resource -root DIR -service org -name PartyBranch [-parent organizations] [-zh 党支部] [-end dissolve]
//
// The name is that of the message. The parent is the collection of a resource of the same service; the new resource is
// then within it. With an end, the resource is ACTIVE until a method of that name ends it. The command writes all files
// or, if a flag is wrong or a file does not have the expected form, none. Run `make gen` afterwards; `make resource`
// does.
package main
