#include "control/core/access_rules.hpp"

#include <algorithm>

#include "serve/core/web_origin.hpp"

namespace jackfield {
namespace {

// A request that a browser sends for a page knows where the page is from.
bool of_own_page(std::string_view origin, std::string_view fetch_site, const WebPlace& to) {
  // "none": the user typed it in. "same-site" is another port of this machine, thus another server.
  if (!fetch_site.empty() && fetch_site != "same-origin" && fetch_site != "none") return false;
  if (origin.empty()) return true;
  const auto from = parse_web_origin(origin);
  if (!from) return false;
  return from->scheme == to.scheme && from->same_host_and_port(to);
}

}  // namespace

Access access_without_token(const AccessRequest& request, bool exposed) {
  if (exposed) return Access::kNoTokenSet;
  if (!request.from_this_machine) return Access::kNotThisMachine;
  const auto to = parse_web_host(request.host, request.tls ? "https" : "http");
  if (!to || !is_own_machine(to->host)) return Access::kForeignHost;
  return of_own_page(request.origin, request.fetch_site, *to) ? Access::kGranted
                                                              : Access::kForeignOrigin;
}

bool page_may_connect(std::string_view origin, std::string_view host, std::string_view public_url) {
  if (origin.empty()) return true;
  const auto from = parse_web_origin(origin);
  if (!from) return false;
  if (const auto known = parse_web_origin(public_url);
      known && known->scheme == from->scheme && known->same_host_and_port(*from))
    return true;
  const auto to = parse_web_host(host, from->scheme);
  return to && from->same_host_and_port(*to);
}

bool WrongTokens::may_answer(const std::string& address, std::int64_t now) const {
  const auto it = entries_.find(address);
  return it == entries_.end() || it->second.free_at - now <= (kBurst - 1) * kRefill;
}

void WrongTokens::wrong(const std::string& address, std::int64_t now) {
  auto it = entries_.find(address);
  if (it == entries_.end()) {
    if (entries_.size() >= kAddresses) {
      entries_.erase(by_age_.front());
      by_age_.pop_front();
    }
    it = entries_.emplace(address, Entry{.free_at = now, .age = by_age_.end()}).first;
  } else {
    by_age_.erase(it->second.age);
  }
  it->second.age = by_age_.insert(by_age_.end(), address);
  it->second.free_at = std::max(it->second.free_at, now) + kRefill;
}

}  // namespace jackfield
