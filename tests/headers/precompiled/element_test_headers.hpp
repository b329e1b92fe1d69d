// As test_headers.hpp, with GStreamer.
#include <gio/gio.h>
#include <gst/audio/audio.h>
#include <gst/check/gstharness.h>
#include <gst/gst.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "test_headers.hpp"
