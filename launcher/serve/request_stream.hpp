// A connection whose first bytes are watched on their way to the HTTP library.
#pragma once

#include <gio/gio.h>

#include <functional>
#include <memory>

#include "plugins/common/gstpp.hpp"
#include "serve/core/request_head.hpp"

namespace jackfield {

// A stream around `connection` (a reference is taken) that can be polled if that can. What is read
// passes by `head`; a head or body that is too long is a read error, before which `too_long` is
// called once. The stream has the property "base-iostream", as libsoup's own has: whoever gets it
// after an upgrade can find the socket below.
gstpp::GObjectPtr<GIOStream> watch_request(GIOStream* connection, std::shared_ptr<RequestHead> head,
                                           std::function<void(bool head)> too_long);

}  // namespace jackfield
