/** The values of a parameter of the control API, from its OpenAPI document, so that no list here can differ. */

import { get } from "./api.js";

let description = null;

/** Return a promise of the values of a query parameter of `GET path`, e.g. of `status` of `accounts/{account}/messages`. */
export async function choices(path, parameter) {
  description ??= get("openapi.json");
  try {
    const { paths, components } = await description;
    const { schema } = paths[`/_mockbw/${path}`].get.parameters.find(({ name }) => name === parameter);
    return valuesIn(schema, components.schemas);
  } catch (error) {
    description = null;
    throw error;
  }
}

function valuesIn(schema, schemas) {
  if (schema.$ref) return valuesIn(schemas[schema.$ref.split("/").at(-1)], schemas);
  if (schema.enum) return schema.enum;
  return [...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : [])].flatMap((part) => valuesIn(part, schemas));
}
