// In place of http_transport.cpp where there is no libsoup.
#include <utility>

#include "transport.hpp"

namespace agentbrain::tools {
namespace {

class NoHttp : public Transport {
 public:
  explicit NoHttp(Listener listener) : listener_(std::move(listener)) {}
  bool start() override {
    listener_.on_closed("servers by \"url\" need libsoup, without which this was built");
    return false;
  }
  void send(const McpOutgoing&) override {}
  void agreed(const std::string&, bool) override {}
  void close() override { listener_ = {}; }

 private:
  Listener listener_;
};

}  // namespace

std::shared_ptr<Transport> make_http_transport(const ServerSettings&,
                                               Transport::Listener listener) {
  return std::make_shared<NoHttp>(std::move(listener));
}

}  // namespace agentbrain::tools
