// Where browsers come in: the WebSocket at /signal, /signal/LINE and /signal?line=LINE, what its
// peers say to each other and to their calls, and bounds on all of that. docs/webrtc.md has the
// messages. Main thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "serve/http_server.hpp"
#include "text/secret.hpp"
#include "webrtc/core/origin_rules.hpp"
#include "webrtc/core/signal_rooms.hpp"
#include "webrtc/signal_calls.hpp"

namespace jackfield::webrtc {

inline constexpr char kSignalPath[] = "/signal";

class SignalEntry {
 public:
  struct Config {
    std::vector<std::string> lines;  // with one of them, /signal alone means that
    Secret token_secret;             // of `jackfield token`; "": no token is good
    bool require_token = true;
    std::string ice_servers_json = "[]";  // RTCIceServer[] for peers
    // In place of that, when set: for this peer, with credentials that last for a while.
    std::function<std::string(const std::string& peer)> ice_servers;
    std::string public_url;                    // what peers reach this server by, "" for none
    std::vector<std::string> allowed_origins;  // of web pages, beside this server's own
    SignalLimits limits;
  };

  // `server` must outlive the entry. `calls` makes a call for a peer that offers.
  SignalEntry(HttpServer& server, Config config, CallFactory calls,
              HttpServer::OnRefused on_refused);
  // Ends all calls at once.
  ~SignalEntry();
  SignalEntry(const SignalEntry&) = delete;
  SignalEntry& operator=(const SignalEntry&) = delete;

  // No peer joins any more and no call begins; those there are go on, and may come back.
  void stop_new() { rooms_.stop_new(); }
  // Tells everybody goodbye; calls end in order.
  void end_all(const std::string& reason);
  // Whether there is no call.
  bool idle() const { return calls_.empty(); }

  // Breaks all connections; their peers may come back.
  void drop_connections();

  std::size_t peers() const { return rooms_.peers(); }
  std::size_t connections() const { return sockets_.size(); }

 private:
  struct Link;

  void upgrade(const ServerRequest& request);
  std::string line_of(const ServerRequest& request) const;
  void connected(UpgradedConnection connection, const std::string& line, const std::string& client);
  void drain();
  void perform(const action::Send& send);
  void perform(const action::Ping& ping);
  void perform(const action::Close& close);
  void perform(const action::Cut& cut);
  void perform(const action::Admit& admit);
  void tick();
  void keep_ticking();

  HttpServer& server_;
  const Config config_;
  const OriginRules origins_;
  const HttpServer::OnRefused on_refused_;
  SignalRooms rooms_;
  ConnectionId last_connection_ = 0;
  std::map<ConnectionId, std::unique_ptr<Link>> sockets_;
  SignalCalls<SignalRooms> calls_;
  guint tick_ = 0;
};

}  // namespace jackfield::webrtc
