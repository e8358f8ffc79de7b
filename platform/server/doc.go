// Package server owns how every service of the suite is served: the chain of interceptors around its handlers, over the
// network and inside the process alike, and the life of a server from the boot to the last answered call.
//
// # What may be relied on
//
// A handler runs only for a call that was authenticated, admitted by its method's policy and valid by its fields'
// constraints, that has a deadline (unary) and a place under the server's limits. What it returns becomes a status by
// package fault; a panic becomes INTERNAL, and its stack goes to the log alone. Each call leaves one line in the log.
//
// Over the network the request of a unary call is read only of a caller that is authenticated and has a role that may make
// the call. Its size is bounded by its method and its memory by a budget of the process.
//
// [Server.Conn] reaches the same handlers through the same chain without a socket. What differs there: messages are copied
// and not serialized, so neither their size nor their memory is bounded, and the limits of HTTP/2 do not apply.
//
// # The life of a server
//
// [New], then RegisterService for each service, then [Server.Start], which fails on a method without a policy or a
// constraint that does not compile, then [Server.Serve]. When the context of Serve ends, the health service answers
// NOT_SERVING, new calls are still served for Config.DrainWait so that balancers notice, then only the calls under way for
// at most Config.DrainLimit. Streams that carry no deadline, such as those that follow a journal, would outlast it, and are
// ended with UNAVAILABLE when the waiting is over.
package server
