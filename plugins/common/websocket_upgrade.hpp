// Answers a WebSocket handshake on a SoupServer and gives the connection away, for those who do the
// framing themselves. A static library of its own: only its users need libsoup.
#pragma once

#include <libsoup/soup.h>

#include <functional>

namespace jackfield {

// Called once, on the thread of the server's main context, with the connection behind the
// handshake (transfer full). Pass it on as it is, to io_attach() or to twiliosrc's `connection`:
// it may hold bytes read ahead, and the socket is closed when it is unreferenced.
using UpgradedFunction = std::function<void(GIOStream* connection)>;

// Call it from an *early* handler (soup_server_add_early_handler). Answers 101 and later calls
// `upgraded`; or sets status 400 and returns false, with `error`, when the request is no WebSocket
// handshake, or does not offer the sub-protocol `protocol`, when one is named. No extension is
// negotiated: compression would cost more than it saves.
bool upgrade_websocket(SoupServerMessage* message, UpgradedFunction upgraded,
                       GError** error = nullptr, const char* protocol = nullptr);

}  // namespace jackfield
