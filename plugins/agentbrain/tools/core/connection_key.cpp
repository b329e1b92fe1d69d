#include "connection_key.hpp"

namespace agentbrain::tools {

std::string connection_key(const ServerSettings& settings) {
  std::string key;
  // With its length, so that no value can look like two.
  const auto add = [&](const std::string& part) {
    key += std::to_string(part.size()) + ":" + part;
  };
  const auto add_all = [&](const auto& pairs) {
    add(std::to_string(pairs.size()));
    for (const auto& [name, value] : pairs) {
      add(name);
      add(value);
    }
  };
  for (const std::string* part :
       {&settings.name, &settings.command, &settings.folder, &settings.url})
    add(*part);
  add(std::to_string(settings.arguments.size()));
  for (const std::string& argument : settings.arguments) add(argument);
  add_all(settings.environment);
  add_all(settings.headers);
  add(std::to_string(settings.keep) + (settings.parallel ? "p" : ""));
  return key;
}

}  // namespace agentbrain::tools
