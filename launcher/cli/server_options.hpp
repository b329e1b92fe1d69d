// Which running server a command is about, and the token that it wants.
#pragma once

#include <memory>
#include <string>

#include "client/api_client.hpp"

namespace CLI {
class App;
}

namespace jackfield::cli {

inline constexpr char kServerVariable[] = "JACKFIELD_SERVER";

struct ServerOptions {
  std::string server;
  std::string env_file;
};

void add_server_options(CLI::App& command, ServerOptions& options);

// Reads .env and takes the token; nothing is asked yet. nullptr after saying what is wrong. Before
// there are other threads.
std::unique_ptr<client::ApiClient> find_server(const ServerOptions& options);

// Says what became of a request that is not done. The exit code that belongs to it.
int report_failure(const client::Answer& answer);
int exit_code_of(client::Outcome outcome);

}  // namespace jackfield::cli
