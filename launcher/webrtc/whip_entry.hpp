// Where WHIP clients come in (RFC 9725): /whip, /whip/LINE, and below that the URL of each session.
// Another small signaller beside SignalEntry, for clients that say all by HTTP. docs/webrtc.md has
// the replies. Main thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "serve/http_server.hpp"
#include "serve/late_answer.hpp"
#include "text/secret.hpp"
#include "webrtc/core/ice_servers.hpp"
#include "webrtc/core/origin_rules.hpp"
#include "webrtc/core/whip_sessions.hpp"
#include "webrtc/signal_calls.hpp"

namespace jackfield::webrtc {

class WhipEntry {
 public:
  struct Config {
    std::vector<std::string> lines;  // with one of them, /whip alone means that
    Secret token_secret;             // of `jackfield token`; "": no token is good
    bool require_token = true;
    // For this peer, with credentials that last for a while.
    std::function<IceServers(const std::string& peer)> ice_servers;
    std::string public_url;                    // what clients reach this server by, "" for none
    std::vector<std::string> allowed_origins;  // of web pages, beside this server's own
    WhipLimits limits;
  };

  // `server` must outlive the entry. `calls` makes a call for a client that offers.
  WhipEntry(HttpServer& server, Config config, CallFactory calls, HttpServer::OnRefused on_refused);
  // Ends all calls at once.
  ~WhipEntry();
  WhipEntry(const WhipEntry&) = delete;
  WhipEntry& operator=(const WhipEntry&) = delete;

  // No session begins any more; those there are go on.
  void stop_new() { sessions_.stop_new(); }
  // Those that are just ending are counted, too.
  std::size_t sessions() const { return sessions_.sessions(); }

 private:
  void handle(const ServerRequest& request);
  // Which line and session a URL means; false when it means neither.
  bool read_path(const std::string& path, WhipRequest& request) const;
  void drain();
  void perform(action::Reply& reply);
  void tick();
  void keep_ticking();

  HttpServer& server_;
  const Config config_;
  const OriginRules origins_;
  const HttpServer::OnRefused on_refused_;
  WhipSessions sessions_;
  SignalCalls<WhipSessions> calls_;
  ExchangeId last_exchange_ = 0;
  std::map<ExchangeId, std::unique_ptr<LateAnswer>> answers_;
  guint tick_ = 0;
};

}  // namespace jackfield::webrtc
