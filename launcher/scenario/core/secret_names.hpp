// Which variables hold secrets. Pure.
#pragma once

#include <string_view>

namespace jackfield {

// By its name: one of its words (between '_') is TOKEN, KEY, APIKEY, SECRET, PASSWORD, PASSWD,
// PASSPHRASE or CREDENTIALS, in capitals or not.
bool looks_secret(std::string_view name);

}  // namespace jackfield
