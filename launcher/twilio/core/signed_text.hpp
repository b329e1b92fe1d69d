// What X-Twilio-Signature is computed over. Source: the algorithm of Twilio's documentation
// (usage/webhooks/webhooks-security) and of its SDK for Node.js (lib/webhooks/webhooks.js).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "twilio/core/form.hpp"

namespace jackfield::twilio {

// The URL exactly as Twilio used it, then name and value of every parameter, sorted by name (byte
// order); of a name with several values each different value once, in order.
std::string signed_text(std::string_view url, const FormParameters& form);

// The forms in which Twilio may have signed `url`: it is not consistent about ports. As it is
// first, then without a port, then with the port of its scheme. https and wss: 443; http and ws:
// 80; also :80 for wss, which Twilio's own SDK takes.
std::vector<std::string> signed_url_forms(std::string_view url);

// The value of the query's parameter bodySHA256, "" when it has none. Twilio adds it to the URL of
// requests whose body is no form, and signs the URL alone.
std::string body_digest_of(std::string_view url);

}  // namespace jackfield::twilio
