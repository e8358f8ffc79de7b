// Package need owns what villages need, and the handlers of NeedService. The states of a need and what leads from one to
// another are declared in the contract, as the transitions of the methods of NeedService.
package need
