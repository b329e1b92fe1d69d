// What handlers read of a request.
#pragma once

#include <libsoup/soup.h>

#include <string>

namespace jackfield {

// The value of a header field that stands there once; "" when there is none.
std::string header_of(SoupServerMessage* message, const char* name);
// All values of one that may come several times, between commas.
std::string list_of(SoupServerMessage* message, const char* name);
std::string body_of(SoupServerMessage* message);

}  // namespace jackfield
