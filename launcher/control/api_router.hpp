// The routes of the control API on the server's one port. Before a handler is called the request
// has been let in, its path and its query have only what the route has, and its body is a JSON
// object of which every member is known and of the right kind. Main thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/api_access.hpp"
#include "control/api_answer.hpp"
#include "control/core/api_path.hpp"
#include "json_reader.hpp"
#include "serve/http_server.hpp"
#include "twilio/core/form.hpp"

namespace jackfield {

// A member of a request's body.
struct ApiMember {
  const char* name;
  JsonValue::Kind kind;
  bool required = false;
  std::optional<JsonValue::Kind> other{};  // that it may be of instead
};

struct ApiRoute {
  std::string method;  // "GET", which stands for HEAD too, "POST", "PATCH", "DELETE"
  std::string path;    // "/api/v1/sessions/{id}"
  std::vector<std::string> query{};
  std::vector<ApiMember> body{};
};

// During the call of the handler.
struct ApiRequest {
  const ApiPath::Values& values;
  const twilio::FormParameters& parameters;
  const JsonValue& body;  // an object; of a request without a body an empty one
  const ServerRequest& http;

  // Of a {name} in the route's path; see is_api_name() for what it can be.
  const std::string& path_value(std::string_view name) const;
  std::optional<std::string> query(std::string_view name) const;
  // Members of the body: nullopt when they are not there.
  std::optional<std::string> text(std::string_view name) const;
  std::optional<double> number(std::string_view name) const;
  std::optional<bool> flag(std::string_view name) const;
};

class ApiRouter {
 public:
  using Handler = std::function<void(const ApiRequest&, const ApiAnswerPtr&)>;

  // All of /api/ belongs to it. The server must outlive it; so must what handlers refer to.
  ApiRouter(HttpServer& server, ApiAccess& access);
  ~ApiRouter();
  ApiRouter(const ApiRouter&) = delete;
  ApiRouter& operator=(const ApiRouter&) = delete;

  // A handler answers at once, or keeps the answer and does it later. Paths beside /api/, such as
  // /metrics, can be added, too, if they have no {name}.
  void add(ApiRoute route, Handler handler);

  std::vector<ApiRoute> routes() const;
  HttpServer& server() { return server_; }
  ApiAccess& access() { return access_; }

 private:
  struct Entry {
    ApiRoute route;
    ApiPath path;
    Handler handler;
  };

  void handle(const ServerRequest& request);
  void call(const Entry& entry, const ApiPath::Values& values, const ServerRequest& request,
            const ApiAnswerPtr& answer);

  HttpServer& server_;
  ApiAccess& access_;
  std::vector<Entry> entries_;
  std::vector<std::string> own_paths_;
};

}  // namespace jackfield
