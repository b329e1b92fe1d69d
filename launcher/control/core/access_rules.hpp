// Who may use the control API. With a token: who knows it. Without one: programs and pages of this
// machine only, and pages only when they are the server's own. Browsers let any page send requests
// to any address, under any name that can be made to point there (DNS rebinding); they tell in
// Host, Origin and Sec-Fetch-Site what they did. Pure.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>

namespace jackfield {

struct AccessRequest {
  bool from_this_machine = false;             // by the socket, and nobody passed it on
  bool tls = false;                           // it came by https
  std::string_view host, origin, fetch_site;  // fields of the request, "" when missing
};

enum class Access {
  kGranted,
  kTokenMissing,
  kTokenWrong,
  kTooManyWrong,    // from this address
  kNoTokenSet,      // and the server can be reached from elsewhere
  kNotThisMachine,  // and no token is set
  kForeignHost,
  kForeignOrigin,
};

// Where no token is set.
Access access_without_token(const AccessRequest& request, bool exposed);

// May a page of this origin open a socket that tells its token later? Then others are not let in to
// use up the places.
bool page_may_connect(std::string_view origin, std::string_view host, std::string_view public_url);

// How often wrong tokens from an address are answered as such: ten at once, then one each six
// seconds. Of more addresses than it has room for it forgets the one that it has not heard of for
// longest.
class WrongTokens {
 public:
  static constexpr unsigned kBurst = 10;
  static constexpr std::int64_t kRefill = 6'000'000'000;  // ns
  static constexpr std::size_t kAddresses = 1024;

  // Is there one left for it? `now` is any steady clock in ns.
  bool may_answer(const std::string& address, std::int64_t now) const;
  void wrong(const std::string& address, std::int64_t now);
  std::size_t addresses() const { return entries_.size(); }

 private:
  struct Entry {
    std::int64_t free_at = 0;  // when all of the burst is there again
    std::list<std::string>::iterator age;
  };

  std::map<std::string, Entry, std::less<>> entries_;
  std::list<std::string> by_age_;  // oldest first
};

}  // namespace jackfield
