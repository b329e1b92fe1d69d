// Reads the float tensors out of an ONNX model file. It knows just enough of the protobuf wire
// format and of onnx.proto (field numbers from onnx/onnx.proto, IR version 8) to find initializers
// and Constant nodes, those of sub-graphs included; it runs nothing.
//
// Nothing is copied and nothing is allocated by a size that the file claims: a tensor is a view of
// the caller's bytes, and every length is checked against the bytes that are really there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace agentbrain {

// A float32 tensor. The bytes are little-endian as in the file and may be unaligned.
struct OnnxTensor {
  std::string_view name;
  std::vector<std::uint64_t> dims;
  std::span<const std::uint8_t> bytes;

  std::size_t size() const { return bytes.size() / 4; }
  float at(std::size_t index) const;
};

// A graph or sub-graph with the tensors that are stored in it.
struct OnnxGraph {
  std::string path;  // "" for the main graph, else like "If_0/then_branch"
  std::vector<OnnxTensor> tensors;

  const OnnxTensor* find(std::string_view name) const;
};

struct OnnxError {
  std::string text;        // what is wrong, in words
  std::size_t offset = 0;  // where in the file, in bytes
};

// The graphs of a model, outer before inner. `file` must outlive the result.
std::variant<std::vector<OnnxGraph>, OnnxError> read_onnx(std::span<const std::uint8_t> file);

}  // namespace agentbrain
