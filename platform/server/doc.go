// Package server serves the services of the suite: it provides the interceptors around their handlers, over the network
// and inside the process alike, and the life cycle of a server from its start to the last answered call.
//
// # What may be relied on
//
// A handler runs only for a call that is authenticated, admitted by its method's policy and valid by its fields'
// constraints. A unary call has a deadline, and every call has a place under the server's limits. Package fault
// converts the handler's error into a status. A panic becomes INTERNAL; its stack is only logged. Each call writes one
// line to the log.
//
// Over the network, the server reads the request of a unary call only if the caller is authenticated and has a role
// that may call the method. The method bounds the size of the request, and a budget of the process bounds its memory.
//
// [Server.Conn] reaches the same handlers through the same interceptors without a socket. Inside the process messages
// are copied and not serialized, so neither their size nor their memory is bounded, and the limits of HTTP/2 do not
// apply.
//
// # The life of a server
//
// Call [New], then RegisterService for each service, then [Server.Start], which fails on a method without a policy or
// an invalid constraint, then [Server.Serve]. When the context of Serve ends, the health service reports NOT_SERVING.
// The server accepts new calls for Config.DrainWait, so that load balancers notice. Then it only completes the calls in
// flight, for at most Config.DrainLimit. Streams without a deadline, such as those that follow a journal, end with
// UNAVAILABLE after Config.DrainWait.
package server
