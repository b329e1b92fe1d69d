// The lines that are called from browsers (and by other jackfields): the page, the signalling,
// WHIP, and a session for each call. Main thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "serve/call_service.hpp"
#include "webpage/call_page.hpp"
#include "webrtc/ice_access.hpp"
#include "webrtc/signal_entry.hpp"
#include "webrtc/turn_probe.hpp"
#include "webrtc/webrtc_peer.hpp"
#include "webrtc/whip_entry.hpp"

namespace jackfield {

class BrowserLines {
 public:
  struct Line {
    std::string name;
    SessionManager* sessions = nullptr;
    SessionRegistry* registry = nullptr;  // the line's places
    // May this call be? It may give `request` another room. False with code and text. Not asked
    // when empty.
    std::function<bool(webrtc::CallRequest& request, std::string& code, std::string& text)> admit{};
    std::size_t room_size = 0;  // how many may name the same room, if more than usually
  };
  struct Config {
    Secret token_secret;  // "": no token is good
    bool require_token = true;
    std::string public_url;
    std::vector<std::string> allowed_origins;
    std::size_t calls = 0;  // at a time; there may be twice as many peers, or 256
    webrtc::IceAccess ice;
    webrtc::PeerSettings media;  // `servers` are those of `ice`
  };

  // Adds its paths to the service, which must outlive it. After gst_init.
  BrowserLines(CallService& service, std::vector<Line> lines, Config config);
  BrowserLines(const BrowserLines&) = delete;
  BrowserLines& operator=(const BrowserLines&) = delete;

  // No new calls; those there are go on.
  void stop_new() {
    entry_.stop_new();
    whip_.stop_new();
  }

  // "https://voice.example.com/call/", with "/NAME" behind it for one of several lines. When the
  // service is open.
  std::string page_url() const { return service_.base() + "/call"; }
  std::string signal_url() const;
  std::string whip_url() const { return service_.base() + webrtc::kWhipPath; }

  // Asks each TURN server whether it gives relays; `tell` gets what was found, in the next seconds.
  void probe_relays(std::function<void(const webrtc::TurnVerdict&)> tell);

 private:
  webrtc::CallFactory factory();
  HttpServer::OnRefused refusals();
  std::unique_ptr<webrtc::SignalCall> call(const webrtc::CallRequest& request,
                                           webrtc::SignalPeer& peer, std::string& code,
                                           std::string& text);

  CallService& service_;
  const webrtc::IceAccess ice_;
  const webrtc::PeerSettings media_;
  std::map<std::string, Line, std::less<>> lines_;
  CallPage page_;
  webrtc::SignalEntry entry_;
  webrtc::WhipEntry whip_;
  std::vector<std::unique_ptr<webrtc::TurnProbe>> probes_;
};

}  // namespace jackfield
