# Every third-party package this project uses, found in one place.

# Debian keeps each LLVM in a folder of its own.
find_package(MLIR 22.1 REQUIRED CONFIG HINTS /usr/lib/llvm-22)
find_package(Halide REQUIRED)
find_package(Protobuf REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(GTest REQUIRED)

# `./dev setup` makes an environment with what the tests compare with.
if(EXISTS "${PROJECT_BINARY_DIR}/venv/bin/python3")
  set(Python3_ROOT_DIR "${PROJECT_BINARY_DIR}/venv")
  set(Python3_FIND_STRATEGY LOCATION)
endif()
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

find_program(EKE_CCACHE ccache)
if(EKE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${EKE_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${EKE_CCACHE}")
endif()

list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")

set(LLVM_RUNTIME_OUTPUT_INTDIR "${PROJECT_BINARY_DIR}/bin")
set(LLVM_LIBRARY_OUTPUT_INTDIR "${PROJECT_BINARY_DIR}/lib")
set(LLVM_EXTERNAL_LIT "${LLVM_TOOLS_BINARY_DIR}/lit")
include(TableGen)
include(AddLLVM)
include(AddMLIR)
include(HandleLLVMOptions)

# The tools that compile the runtime and link binaries; of LLVM's own version,
# so that its bitcode can be read.
find_program(EKE_CLANG NAMES clang-${LLVM_VERSION_MAJOR} clang
  HINTS "${LLVM_TOOLS_BINARY_DIR}" REQUIRED)
find_program(EKE_LLD NAMES ld.lld-${LLVM_VERSION_MAJOR} ld.lld
  HINTS "${LLVM_TOOLS_BINARY_DIR}" REQUIRED)

# The C library of programs without an operating system. Without it there are none.
find_path(EKE_PICOLIBC_INCLUDE picolibc.h
  PATHS /usr/lib/picolibc/arm-none-eabi/include NO_DEFAULT_PATH)
if(NOT EKE_PICOLIBC_INCLUDE)
  message(WARNING "no picolibc for arm-none-eabi (Debian: picolibc-arm-none-eabi): "
    "there will be no programs for microcontrollers")
endif()

# One usage requirement instead of directory-wide include_directories().
add_library(eke_options INTERFACE)
target_include_directories(eke_options INTERFACE
  "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
target_include_directories(eke_options SYSTEM INTERFACE
  ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_link_libraries(eke_options INTERFACE MLIR LLVM)
# LLVM's linker takes a tenth of the time.
if(EXISTS "${LLVM_TOOLS_BINARY_DIR}/ld.lld")
  target_link_options(eke_options INTERFACE
    -fuse-ld=lld "-B${LLVM_TOOLS_BINARY_DIR}")
endif()
