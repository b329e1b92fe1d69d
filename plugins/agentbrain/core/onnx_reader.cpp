#include "onnx_reader.hpp"

#include <bit>
#include <optional>

namespace agentbrain {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr int kMaxDepth = 16;           // of sub-graphs in sub-graphs; real models have 3 or 4
constexpr std::size_t kMaxRank = 8;     // dimensions of one tensor
constexpr std::uint64_t kFloat32 = 1;   // TensorProto.DataType
constexpr std::uint64_t kExternal = 1;  // TensorProto.DataLocation

// Ends the parse; never leaves this file.
struct Malformed {
  OnnxError error;
};

enum class Wire : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct Field {
  std::uint64_t number = 0;
  Wire wire = Wire::kVarint;
  std::uint64_t value = 0;  // kVarint
  Bytes bytes;              // kBytes
};

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class Parser {
 public:
  explicit Parser(Bytes file) : file_(file) {}

  std::vector<OnnxGraph> parse() {
    bool found = false;
    for_each_field(file_, [&](const Field& f) {
      if (f.number == 7 && f.wire == Wire::kBytes) {  // ModelProto.graph
        found = true;
        graph(f.bytes, "", 0);
      }
    });
    if (!found) fail(file_, "no graph in it, so this is not an ONNX model");
    return std::move(graphs_);
  }

 private:
  [[noreturn]] void fail(Bytes where, std::string text) const {
    throw Malformed{
        {.text = std::move(text), .offset = static_cast<std::size_t>(where.data() - file_.data())}};
  }

  std::uint64_t varint(Bytes& rest) const {
    const Bytes start = rest;
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (rest.empty()) fail(start, "the file ends inside a number");
      const std::uint8_t byte = rest.front();
      rest = rest.subspan(1);
      // The tenth byte holds the topmost bit alone.
      if (shift == 63 && byte > 1) break;
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (!(byte & 0x80)) return value;
    }
    fail(start, "a number is longer than 64 bits");
  }

  Bytes take(Bytes& rest, std::uint64_t length, Bytes start) const {
    if (length > rest.size()) {
      fail(start, "a field of " + std::to_string(length) + " bytes has only " +
                      std::to_string(rest.size()) +
                      " bytes left: the file is truncated or damaged");
    }
    const Bytes taken = rest.first(static_cast<std::size_t>(length));
    rest = rest.subspan(taken.size());
    return taken;
  }

  template <typename F>
  void for_each_field(Bytes message, F&& visit) const {
    for (Bytes rest = message; !rest.empty();) {
      const Bytes start = rest;
      const std::uint64_t tag = varint(rest);
      Field f{.number = tag >> 3};
      switch (tag & 7) {
        case 0:
          f.value = varint(rest);
          break;
        case 1:
          f.wire = Wire::kFixed64;
          f.bytes = take(rest, 8, start);
          break;
        case 2:
          f.wire = Wire::kBytes;
          f.bytes = take(rest, varint(rest), start);
          break;
        case 5:
          f.wire = Wire::kFixed32;
          f.bytes = take(rest, 4, start);
          break;
        default:
          fail(start, "an unknown kind of field, so this is not an ONNX model or it is damaged");
      }
      if (f.number == 0) fail(start, "a field with number 0: not an ONNX model, or damaged");
      visit(f);
    }
  }

  void graph(Bytes message, std::string path, int depth) {
    if (depth > kMaxDepth) fail(message, "sub-graphs are nested too deeply");
    const std::size_t self = graphs_.size();
    graphs_.push_back({.path = std::move(path), .tensors = {}});
    for_each_field(message, [&](const Field& f) {
      if (f.wire != Wire::kBytes) return;
      if (f.number == 1) node(f.bytes, self, depth);             // GraphProto.node
      if (f.number == 5) add_tensor(tensor(f.bytes, {}), self);  // GraphProto.initializer
    });
  }

  void node(Bytes message, std::size_t graph_index, int depth) {
    std::string_view name, output, type;
    for_each_field(message, [&](const Field& f) {
      if (f.wire != Wire::kBytes) return;
      if (f.number == 2 && output.empty()) output = text_of(f.bytes);  // NodeProto.output
      if (f.number == 3) name = text_of(f.bytes);
      if (f.number == 4) type = text_of(f.bytes);
    });
    for_each_field(message, [&](const Field& f) {
      if (f.number != 5 || f.wire != Wire::kBytes) return;  // NodeProto.attribute
      std::string_view attribute;
      for_each_field(f.bytes, [&](const Field& a) {
        if (a.number == 1 && a.wire == Wire::kBytes) attribute = text_of(a.bytes);
      });
      for_each_field(f.bytes, [&](const Field& a) {
        if (a.wire != Wire::kBytes) return;
        if (a.number == 5 && type == "Constant") {  // AttributeProto.t
          add_tensor(tensor(a.bytes, output), graph_index);
        } else if (a.number == 6) {  // AttributeProto.g
          std::string path = graphs_[graph_index].path;
          if (!path.empty()) path += '/';
          path.append(name.empty() ? type : name).append("/").append(attribute);
          graph(a.bytes, std::move(path), depth + 1);
        }
      });
    });
  }

  std::optional<OnnxTensor> tensor(Bytes message, std::string_view fallback_name) const {
    OnnxTensor t;
    std::uint64_t type = 0;
    std::uint64_t location = 0;
    for_each_field(message, [&](const Field& f) {
      if (f.number == 1) add_dims(f, t, message);
      if (f.number == 2) type = f.value;
      if (f.number == 8) t.name = text_of(f.bytes);
      if ((f.number == 4 || f.number == 9) && f.wire == Wire::kBytes) t.bytes = f.bytes;
      if (f.number == 14) location = f.value;
    });
    if (type != kFloat32) return std::nullopt;
    if (t.name.empty()) t.name = fallback_name;
    const std::string name(t.name);
    if (location == kExternal) fail(message, "tensor " + name + " is stored in another file");
    std::uint64_t expected = 4;
    for (const std::uint64_t dim : t.dims) {
      if (dim != 0 && expected > file_.size() / dim) {
        fail(message, "tensor " + name + " claims to be larger than the file");
      }
      expected *= dim;
    }
    if (expected != t.bytes.size()) {
      fail(message, "tensor " + name + " needs " + std::to_string(expected) + " bytes and has " +
                        std::to_string(t.bytes.size()));
    }
    return t;
  }

  void add_dims(const Field& f, OnnxTensor& t, Bytes message) const {
    const auto add = [&](std::uint64_t dim) {
      if (t.dims.size() == kMaxRank) fail(message, "a tensor has too many dimensions");
      t.dims.push_back(dim);
    };
    if (f.wire == Wire::kVarint) add(f.value);
    if (f.wire == Wire::kBytes) {  // packed
      for (Bytes rest = f.bytes; !rest.empty();) add(varint(rest));
    }
  }

  void add_tensor(std::optional<OnnxTensor> t, std::size_t graph_index) {
    if (t) graphs_[graph_index].tensors.push_back(std::move(*t));
  }

  Bytes file_;
  std::vector<OnnxGraph> graphs_;
};

}  // namespace

float OnnxTensor::at(std::size_t index) const {
  const std::uint8_t* p = bytes.subspan(index * 4, 4).data();
  return std::bit_cast<float>(
      static_cast<std::uint32_t>(p[0]) | static_cast<std::uint32_t>(p[1]) << 8 |
      static_cast<std::uint32_t>(p[2]) << 16 | static_cast<std::uint32_t>(p[3]) << 24);
}

const OnnxTensor* OnnxGraph::find(std::string_view name) const {
  for (const OnnxTensor& t : tensors) {
    if (t.name == name) return &t;
  }
  return nullptr;
}

std::variant<std::vector<OnnxGraph>, OnnxError> read_onnx(std::span<const std::uint8_t> file) {
  if (file.empty()) return OnnxError{.text = "the file is empty"};
  try {
    return Parser(file).parse();
  } catch (const Malformed& e) {
    return e.error;
  }
}

}  // namespace agentbrain
