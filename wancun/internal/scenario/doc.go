// Package scenario plays scenarios: files of the calls that several people make to a suite.
//
// A scenario is a text of lines, each a JSON object of one of three kinds:
//
//	{"person": "clerk", "grants": [{"role": "COUNTY_CLERK", "area": "433124"}]}
//	{"stage": "verification of needs"}
//	{"as": "clerk", "call": "/wancun.village.v1.NeedService/VerifyNeed", "request": {"name": "villages/…/needs/…"}}
//
// A person is the subject of the tokens of its calls, and may be declared on any line. A call is the full name of a unary
// method with its request in the JSON of Protocol Buffers. An empty line has no effect.
//
// The calls of a stage are sent in parallel, so none of them may need the effect of another. A stage begins when all
// calls of the one before have succeeded. Answers are not kept: a request names a resource by the id that the scenario
// gave it.
//
// A request without a request id gets one that follows from its method and its content. After an interruption a scenario
// is therefore played again from its beginning: as long as the suite remembers the request ids, nothing is written twice.
// For the same reason two equal lines are one call.
package scenario
