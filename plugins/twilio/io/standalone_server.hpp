// Waits for one WebSocket on a port of its own: twiliosrc without a supervisor.
#pragma once

#include <gio/gio.h>

#include <functional>
#include <memory>
#include <string>

namespace twilio {

class StandaloneServer {
 public:
  // Called once, on the server's thread, with the upgraded connection (transfer full).
  using Accepted = std::function<void(GIOStream* connection)>;

  // Listens at once. nullptr and `error` when it cannot. `port` 0 takes a free one.
  static std::unique_ptr<StandaloneServer> listen(const std::string& address, unsigned port,
                                                  const std::string& path, Accepted accepted,
                                                  GError** error);
  // Stops listening and waits for the thread; not from within `accepted`.
  ~StandaloneServer();
  StandaloneServer(const StandaloneServer&) = delete;
  StandaloneServer& operator=(const StandaloneServer&) = delete;

  unsigned port() const;

 private:
  struct Work;
  explicit StandaloneServer(std::unique_ptr<Work> work);
  std::unique_ptr<Work> work_;
};

}  // namespace twilio
