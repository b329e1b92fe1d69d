#include "serve/browser_lines.hpp"

#include <algorithm>
#include <utility>

#include "twilio/core/twiml.hpp"
#include "webrtc/webrtc_call.hpp"

namespace jackfield {
namespace {

std::int64_t unix_now() { return g_get_real_time() / G_USEC_PER_SEC; }

std::vector<std::string> names_of(const std::vector<BrowserLines::Line>& lines) {
  std::vector<std::string> names;
  for (const BrowserLines::Line& line : lines) names.push_back(line.name);
  return names;
}

// Peers come before their calls, and stay a while after them.
webrtc::SignalLimits limits_for(std::size_t calls, const std::vector<BrowserLines::Line>& lines) {
  webrtc::SignalLimits limits;
  limits.peers = std::max(limits.peers, 2 * calls);
  for (const BrowserLines::Line& line : lines)
    limits.peers_per_room = std::max(limits.peers_per_room, 2 * line.room_size);
  return limits;
}

webrtc::WhipLimits whip_limits_for(std::size_t calls) {
  webrtc::WhipLimits limits;
  limits.sessions = std::max(limits.sessions, 2 * calls);
  return limits;
}

}  // namespace

BrowserLines::BrowserLines(CallService& service, std::vector<Line> lines, Config config)
    : service_(service),
      ice_(std::move(config.ice)),
      media_(std::move(config.media)),
      page_(service.http(), names_of(lines)),
      entry_(service.http(),
             {.lines = names_of(lines),
              .token_secret = config.token_secret,
              .require_token = config.require_token,
              .ice_servers =
                  [this](const std::string& peer) { return ice_.servers(peer, unix_now()).json(); },
              .public_url = config.public_url,
              .allowed_origins = config.allowed_origins,
              .limits = limits_for(config.calls, lines)},
             factory(), refusals()),
      whip_(service.http(),
            {.lines = names_of(lines),
             .token_secret = std::move(config.token_secret),
             .require_token = config.require_token,
             .ice_servers =
                 [this](const std::string& peer) { return ice_.servers(peer, unix_now()); },
             .public_url = std::move(config.public_url),
             .allowed_origins = std::move(config.allowed_origins),
             .limits = whip_limits_for(config.calls)},
            factory(), refusals()) {
  webrtc::prepare_dtls_key();
  for (Line& line : lines) lines_.emplace(line.name, line);
}

webrtc::CallFactory BrowserLines::factory() {
  return [this](const webrtc::CallRequest& request, webrtc::SignalPeer& peer, std::string& code,
                std::string& text) { return call(request, peer, code, text); };
}

HttpServer::OnRefused BrowserLines::refusals() {
  return [this](Refusal why, const std::string& detail) { service_.refused(why, detail); };
}

std::unique_ptr<webrtc::SignalCall> BrowserLines::call(const webrtc::CallRequest& request,
                                                       webrtc::SignalPeer& peer, std::string& code,
                                                       std::string& text) {
  const auto it = lines_.find(request.line);
  if (it == lines_.end()) {
    code = "no-such-line";
    text = "there is no line of this name";
    return nullptr;
  }
  const Line& line = it->second;
  if (!line.registry->has_room()) {
    const bool stopping = line.registry->is_closed();
    code = "busy";
    text = stopping ? "the server is stopping" : "all lines are busy; try again in a while";
    service_.refused(
        stopping ? Refusal::kStopping : Refusal::kBusy,
        stopping ? "the server is stopping"
                 : "no place for one more call to the line '" + line.name + "' (max-calls)");
    return nullptr;
  }
  webrtc::CallRequest admitted = request;
  if (line.admit && !line.admit(admitted, code, text)) {
    service_.refused(Refusal::kNoRoom, "a browser's peer at " + request.client_address +
                                           " for the line '" + line.name + "': " + text);
    return nullptr;
  }
  webrtc::PeerSettings settings = media_;
  settings.servers = ice_.servers(request.peer, unix_now());
  return webrtc::make_webrtc_call(*line.sessions, std::move(settings), std::move(admitted), peer);
}

std::string BrowserLines::signal_url() const {
  return twilio::media_url(service_.base(), webrtc::kSignalPath);
}

void BrowserLines::probe_relays(std::function<void(const webrtc::TurnVerdict&)> tell) {
  for (webrtc::TurnServer& server : ice_.relays(unix_now()))
    probes_.push_back(std::make_unique<webrtc::TurnProbe>(std::move(server), tell));
}

}  // namespace jackfield
