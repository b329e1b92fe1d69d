// Who sent a request that came through proxies. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace jackfield {

// The address of the client: `peer` unless that is a proxy that is trusted; then the rightmost
// address of the X-Forwarded-For field(s) that is not trusted too (each proxy appends the one that
// it got the request from, so everything to the left of that one may be invented). With several
// fields, they are joined by commas. The leftmost when all are trusted; stops at the last good one
// before something that is no address. `normal_address` gives the usual form of a numeric
// address, "" for everything else.
std::string client_address(const std::string& peer, std::string_view forwarded_for,
                           const std::function<bool(const std::string&)>& trusted,
                           const std::function<std::string(std::string_view)>& normal_address);

}  // namespace jackfield
