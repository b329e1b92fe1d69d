// Connections to agent cores: all calls of a process to one core share one. Any thread.
#pragma once

#include <grpcpp/channel.h>

#include <cstdint>
#include <memory>
#include <string>

namespace agentcore {

struct ChannelSettings {
  std::string target;
  bool this_host = true;
  bool tls = false;
  std::string authorities;         // PEM; empty: those of the system
  std::string token;               // empty: none
  std::uint64_t connect_time = 0;  // ns, of one attempt
};

// The connection that is there, or a new one, which begins to connect at once.
std::shared_ptr<grpc::Channel> get_channel(const ChannelSettings& settings);

// A connection that may be dead: who asks from now on gets a new one.
void discard_channel(const std::shared_ptr<grpc::Channel>& channel);

}  // namespace agentcore
