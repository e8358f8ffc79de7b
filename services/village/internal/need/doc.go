// Package need owns what villages need: the way of a need from the draft to the county's word, and the handlers of
// NeedService.
//
//	DRAFT ──submit──▶ SUBMITTED ──verify──▶ VERIFIED
//	                   │     ▲
//	                 return submit
//	                   ▼     │
//	                  RETURNED
//
// Only a DRAFT or RETURNED need is edited, and nobody verifies or returns what they submitted.
package need
