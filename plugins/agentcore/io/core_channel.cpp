#include "core_channel.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>

#include "config.h"

namespace agentcore {
namespace {

constexpr int kMostMessage = 256 * 1024;    // bytes, of the core
constexpr int kMostSent = 8 * 1024 * 1024;  // bytes; what is sent is bounded before

struct Channels {
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<grpc::Channel>> open;
  int made = 0;
};

// For the life of the process: streams may end after static objects are gone.
Channels& channels() {
  static auto* all = new Channels;
  return *all;
}

std::shared_ptr<grpc::Channel> make_channel(const ChannelSettings& settings, int number) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMostMessage);
  arguments.SetMaxSendMessageSize(kMostSent);
  arguments.SetUserAgentPrefix(PACKAGE "/" PACKAGE_VERSION);
  const int connect_ms =
      static_cast<int>(std::max<std::uint64_t>(settings.connect_time / 1'000'000, 100));
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, connect_ms);
  // When to try again is for the session to say; this is not to come in its way.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 500);
  // Channels with equal arguments share a connection, also a dead one.
  arguments.SetInt("jackfield.channel", number);
  if (settings.this_host) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (settings.tls) credentials = grpc::SslCredentials({.pem_root_certs = settings.authorities});
  return grpc::CreateCustomChannel(settings.target, credentials, arguments);
}

}  // namespace

std::shared_ptr<grpc::Channel> get_channel(const ChannelSettings& settings) {
  const std::string key = settings.target + (settings.tls ? "|tls|" : "|plain|") +
                          std::to_string(settings.connect_time) + "|" +
                          std::to_string(std::hash<std::string>{}(settings.authorities));
  Channels& all = channels();
  const std::lock_guard lock(all.mutex);
  std::erase_if(all.open, [](const auto& one) { return one.second.expired(); });
  auto& known = all.open[key];
  std::shared_ptr<grpc::Channel> channel = known.lock();
  if (!channel) {
    channel = make_channel(settings, ++all.made);
    known = channel;
  }
  channel->GetState(true);  // connects
  return channel;
}

void discard_channel(const std::shared_ptr<grpc::Channel>& channel) {
  Channels& all = channels();
  const std::lock_guard lock(all.mutex);
  std::erase_if(all.open, [&](const auto& one) { return one.second.lock() == channel; });
}

}  // namespace agentcore
