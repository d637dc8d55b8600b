import { defineConfig } from "@hey-api/openapi-ts";

export default defineConfig({
  input: "../../../openapi.yaml",
  // Node runs the files directly, so an import needs the full file name.
  output: { path: "client", module: { extension: ".ts" } },
  plugins: [
    "@hey-api/client-fetch",
    "@hey-api/sdk",
    // Generates `RatingValue.LIKE`; the name comes from the contract.
    { name: "@hey-api/typescript", enums: "javascript" },
  ],
});
