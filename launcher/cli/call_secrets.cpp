#include "cli/call_secrets.hpp"

#include "scenario/environment.hpp"

namespace jackfield::cli {

void CallSecrets::take() {
  for (const char* name :
       {kAuthToken, kTokenSecret, kTurnSecret, kTurnPassword, kApiToken, kApiKey, kApiSecret}) {
    if (auto value = take_from_environment(name)) found_.emplace(name, *std::move(value));
  }
}

Secret CallSecrets::get(const char* name) const {
  const auto it = found_.find(name);
  return it == found_.end() ? Secret{} : it->second;
}

}  // namespace jackfield::cli
