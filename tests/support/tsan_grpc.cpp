// Preloaded, beside tsan_glib.cpp, into tests that speak gRPC under ThreadSanitizer. gRPC's library
// is not instrumented, so the sanitizer does not see that what is done before an operation begins
// comes before its completion is taken from the queue, which is what gRPC promises of completion
// queues; these functions stand before the real ones and tell it.
#include <grpc/grpc.h>

#include "tsan_order.hpp"

EXPORT grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* operations,
                                             size_t count, void* tag, void* reserved) {
  releasing(tag);
  return REAL(grpc_call_start_batch)(call, operations, count, tag, reserved);
}

EXPORT grpc_call_error grpc_server_request_call(grpc_server* server, grpc_call** call,
                                                grpc_call_details* details,
                                                grpc_metadata_array* metadata,
                                                grpc_completion_queue* bound,
                                                grpc_completion_queue* notified, void* tag) {
  releasing(tag);
  return REAL(grpc_server_request_call)(server, call, details, metadata, bound, notified, tag);
}

EXPORT grpc_event grpc_completion_queue_next(grpc_completion_queue* queue, gpr_timespec deadline,
                                             void* reserved) {
  const grpc_event event = REAL(grpc_completion_queue_next)(queue, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE) acquired(event.tag);
  return event;
}
