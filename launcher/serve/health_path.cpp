#include "serve/health_path.hpp"

#include <string>

namespace jackfield {

void add_health_paths(HttpServer& server, const SessionRegistry& registry) {
  server.handle("/healthz", [&registry](const ServerRequest& request) {
    const bool healthy = !registry.is_closed();
    HttpServer::answer(request.message, healthy ? SOUP_STATUS_OK : SOUP_STATUS_SERVICE_UNAVAILABLE,
                       "text/plain",
                       std::string{healthy ? "ok" : "stopping"} + ", " +
                           std::to_string(registry.active()) + " calls\n");
  });
  server.handle("/readyz", [&registry](const ServerRequest& request) {
    const bool ready = registry.has_room();
    HttpServer::answer(request.message, ready ? SOUP_STATUS_OK : SOUP_STATUS_SERVICE_UNAVAILABLE,
                       "text/plain",
                       ready                  ? "ready\n"
                       : registry.is_closed() ? "stopping\n"
                                              : "full\n");
  });
}

}  // namespace jackfield
