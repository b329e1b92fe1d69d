// Requests and replies of WHIP (RFC 9725) as values, and what their header fields mean. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "webrtc/core/ice_servers.hpp"
#include "webrtc/core/origin_rules.hpp"

namespace jackfield::webrtc {

inline constexpr char kWhipPath[] = "/whip";
inline constexpr char kSdpType[] = "application/sdp";
inline constexpr char kFragmentType[] = "application/trickle-ice-sdpfrag";

struct WhipRequest {
  std::string method;   // "POST"
  std::string line;     // "" when there is no such line
  std::string session;  // the last part of a session's URL; "": the endpoint
  // Header fields, "" for those that are missing.
  std::string content_type, accept, if_match, authorization;
  std::string body;
  std::string client;   // its address, as it is shown
  std::string network;  // what sessions are counted by, "" for none
};

using HeaderFields = std::vector<std::pair<std::string, std::string>>;

struct WhipReply {
  unsigned status = 200;
  HeaderFields fields;     // a name may come several times
  std::string type, body;  // "" for none
};

// A refusal with its reason, for people and programs (RFC 9457).
WhipReply problem(unsigned status, std::string_view detail, HeaderFields fields = {});

// After how many seconds another try may do better.
HeaderFields retry_after(unsigned seconds);

// Whether the value of a field Content-Type is this type, with whatever parameters.
bool is_media_type(std::string_view field, std::string_view type);

// Whether the value of a field Accept has a place for this type; an empty one has for all.
bool accepts(std::string_view field, std::string_view type);

// Whether the value of a field If-Match names this entity tag, or all; weak tags never match (RFC
// 9110, section 13.1.1). `tag` with its quotation marks.
bool matches_tag(std::string_view field, std::string_view tag);

// What a browser has to be told so that a page of another site may use what it gets (Fetch, section
// 3.2); only for sites that are allowed by name. `preflight`: it asks what it may ask for.
HeaderFields cross_origin_fields(std::string_view origin, const OriginRules& rules, bool preflight);

// A field Link for each server (RFC 9725, section 4.6).
HeaderFields ice_links(const IceServers& servers);

}  // namespace jackfield::webrtc
