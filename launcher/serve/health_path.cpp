#include "serve/health_path.hpp"

#include <string>

namespace jackfield {

void add_health_path(HttpServer& server, const SessionRegistry& registry) {
  server.handle("/healthz", [&registry](const HttpRequest& request) {
    const bool healthy = !registry.is_closed();
    HttpServer::answer(request.message, healthy ? SOUP_STATUS_OK : SOUP_STATUS_SERVICE_UNAVAILABLE,
                       "text/plain",
                       std::string{healthy ? "ok" : "stopping"} + ", " +
                           std::to_string(registry.active()) + " calls\n");
  });
}

}  // namespace jackfield
