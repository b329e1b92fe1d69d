#include "webrtc/core/rtc_ice_servers.hpp"

#include <utility>

#include "json_members.hpp"
#include "json_reader.hpp"

namespace jackfield::webrtc {
namespace {

constexpr std::size_t kMost = 16;  // each is asked while a call begins

void add(IceServers& all, const JsonValue& url, const JsonValue& server) {
  if (!url.is(JsonValue::Kind::kString) || all.servers.size() >= kMost) return;
  auto parsed = parse_ice_server(url.string);
  auto* one = std::get_if<IceServer>(&parsed);
  if (!one) return;
  one->user = string_member(server, "username");
  one->password = string_member(server, "credential");
  all.servers.push_back(std::move(*one));
}

}  // namespace

IceServers read_rtc_ice_servers(std::string_view json) {
  IceServers all;
  const JsonResult list = parse_json(json);
  if (!list.value || !list.value->is(JsonValue::Kind::kArray)) return all;
  for (const JsonValue& server : list.value->items) {
    const JsonValue* urls = server.find("urls");
    if (!urls) continue;
    if (urls->is(JsonValue::Kind::kArray)) {
      for (const JsonValue& url : urls->items) add(all, url, server);
    } else {
      add(all, *urls, server);
    }
  }
  return all;
}

}  // namespace jackfield::webrtc
